export default { build: { target: 'es2022', rolldownOptions: { input: ['longshore.html', 'uppy.html', 'uppy5.html'] } } };
