// What all pages do around their uploader: take files, measure, and say in the document what came of it.
const query = new URLSearchParams(location.search);

export const endpoint = query.get('endpoint');
export const option = (name) => query.get(name);

/**
 * upload: a function of Files that ends when all are made. At the end its milliseconds stand in `data-ms`, and in
 * `data-longest` those of the main thread's longest task.
 */
export function measure(upload) {
  const { dataset } = document.documentElement;
  document.querySelector('input').addEventListener('change', async ({ target }) => {
    // the task of this event is the browser's: it makes the File objects, 0.4 ms for each, whatever the page does
    await new Promise((resolve) => setTimeout(resolve));
    const tasks = [0];
    new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({
      type: 'longtask',
    });
    const start = performance.now();
    try {
      await upload([...target.files]);
      dataset.ms = performance.now() - start;
      dataset.longest = Math.max(...tasks);
      dataset.state = 'done';
    } catch (error) {
      dataset.state = `failed: ${error}`;
    }
  });
  dataset.state = 'ready';
}

/** measure() for an Uppy. */
export function measureUppy(uppy) {
  measure(async (files) => {
    uppy.addFiles(files.map((file) => ({ name: file.name, type: file.type, data: file })));
    const { failed } = await uppy.upload();
    if (failed.length > 0) throw new Error(failed[0].error);
  });
}
