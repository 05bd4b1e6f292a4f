const { NodeUploader, openFile } = require('@longshore/client/node');

async function main() {
  const uploader = new NodeUploader({ endpoint: process.env.LONGSHORE_URL });
  const upload = uploader.upload(await openFile(process.argv[2]));
  const { id, virus_scan_status } = await upload.done;
  console.log(id, virus_scan_status);
}

main();
