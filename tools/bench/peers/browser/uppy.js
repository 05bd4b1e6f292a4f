import AwsS3 from '@uppy/aws-s3';
import Uppy from '@uppy/core';
import { endpoint, measure } from './common.js';

const uppy = new Uppy({ autoProceed: false }).use(AwsS3, { companionEndpoint: endpoint });
measure(async (file) => {
  uppy.addFile({ name: file.name, type: file.type, data: file });
  const { failed } = await uppy.upload();
  if (failed.length > 0) throw new Error(failed[0].error);
});
