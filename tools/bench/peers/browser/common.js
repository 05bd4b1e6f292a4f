// What both pages do around their uploader: take a file, measure, and say in the document what came of it.
const query = new URLSearchParams(location.search);

export const endpoint = query.get('endpoint');
export const option = (name) => query.get(name);

/** upload: a function of a File that ends when the file is made. Its milliseconds stand in `data-ms` at the end. */
export function measure(upload) {
  const { dataset } = document.documentElement;
  document.querySelector('input').addEventListener('change', async ({ target }) => {
    const start = performance.now();
    try {
      await upload(target.files[0]);
      dataset.ms = performance.now() - start;
      dataset.state = 'done';
    } catch (error) {
      dataset.state = `failed: ${error}`;
    }
  });
  dataset.state = 'ready';
}
