// The parts of the settings: path, heading, and the operation without which there is nothing to set.
import type { IconName } from '$components/Icon.svelte';
import type { Key } from '$lib/texts';
import type { Component } from 'svelte';

export interface Part {
  path: string; // second part of the page's path
  title: Key;
  about: Key;
  icon: IconName;
  needs: string; // empty: for everybody
  load: () => Promise<{ default: Component }>;
}

export const parts: Part[] = [
  { path: 'me', title: 'settings.me', about: 'settings.meAbout', icon: 'person', needs: '', load: () => import('./settings/Me.svelte') },
  {
    path: 'tokens',
    title: 'settings.tokens',
    about: 'settings.tokensAbout',
    icon: 'key',
    needs: 'token.list',
    load: () => import('./settings/Tokens.svelte')
  }
];
