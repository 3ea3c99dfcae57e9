// Before anything is drawn: the appearance that was chosen on this device (src/lib/theme.svelte.ts).
try {
  var chosen = localStorage.getItem('cordon.theme');
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
} catch (e) {
  // Storage is closed to us: as the system.
}
