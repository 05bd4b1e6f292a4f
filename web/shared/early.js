// Sets the chosen theme before the first paint, and begins to load the texts of the chosen language: the page's own script
// runs later. The keys are in state/settings.ts. The build fills in the files of the languages.
{
  const languages = {};
  const read = (key) => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null; // storage is blocked: the system's theme, the browser's languages
    }
  };
  const theme = read('longshore.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
  const wanted = [read('longshore.language'), ...navigator.languages].map((tag) => tag?.split('-')[0]);
  const file = languages[wanted.find((language) => languages[language])] ?? languages.en;
  if (file) {
    const link = document.createElement('link');
    link.rel = 'modulepreload';
    link.href = file;
    document.head.append(link);
  }
}
