// Sets the chosen theme before the first paint: the page's own script runs after it. Its key is in state/settings.ts.
try {
  const theme = localStorage.getItem('longshore.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // storage is blocked: the system's theme
}
