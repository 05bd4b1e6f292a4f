import AwsS3 from '@uppy/aws-s3';
import Uppy from '@uppy/core';
import { endpoint, measureUppy } from './common.js';

// by default it sends small files as form posts (POST Object), which Swift does not offer
const shouldUseMultipart = true;
measureUppy(
  new Uppy({ autoProceed: false }).use(AwsS3, { companionEndpoint: endpoint, shouldUseMultipart }),
);
