// Light, dark, or as the system: chosen on each device, and kept there. public/theme.js sets it
// before the first thing is drawn.
export const themes = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const place = 'cordon.theme';

function kept(): Theme {
  const t = document.documentElement.dataset.theme;
  return t === 'light' || t === 'dark' ? t : 'auto';
}

let now = $state<Theme>(kept());

export const theme = {
  get chosen(): Theme {
    return now;
  },
  set chosen(t: Theme) {
    now = t;
    if (t === 'auto') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = t;
    try {
      if (t === 'auto') localStorage.removeItem(place);
      else localStorage.setItem(place, t);
    } catch {
      // It holds for this visit alone.
    }
  }
};
