// Makes a Postman collection of the OpenAPI document on standard input.
import { readFileSync } from 'node:fs';
import converter from 'openapi-to-postmanv2';

const options = { folderStrategy: 'Tags', parametersResolution: 'Example' };
converter.convertV2({ type: 'string', data: readFileSync(0, 'utf8') }, options, (error, result) => {
  if (error || !result.result) throw new Error(String(error ?? result.reason));
  process.stdout.write(JSON.stringify(result.output[0].data));
});
