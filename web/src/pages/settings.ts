// The parts of the settings: path, and the operation without which there is nothing to set.
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

// part is a row whose texts are called for its path.
function part<P extends string>(path: P, icon: IconName, needs: string, load: Part['load']): Part {
  return { path, title: `settings.${path}` as Key, about: `settings.${path}About` as Key, icon, needs, load };
}

export const parts: Part[] = [
  part('me', 'person', '', () => import('./settings/Me.svelte')),
  part('notify', 'bell', 'me.notify', () => import('./settings/Notify.svelte')),
  part('people', 'people', 'person.list', () => import('./settings/People.svelte')),
  part('networks', 'network', 'settings.get', () => import('./settings/Networks.svelte')),
  part('channels', 'channel', 'channel.list', () => import('./settings/Channels.svelte')),
  part('rules', 'rule', 'rule.list', () => import('./settings/Rules.svelte')),
  part('feeds', 'shield', 'feed.get', () => import('./settings/Feeds.svelte')),
  part('tokens', 'key', 'token.list', () => import('./settings/Tokens.svelte')),
  part('storage', 'clock', 'settings.get', () => import('./settings/Storage.svelte')),
  part('certificate', 'certificate', '', () => import('./settings/Certificate.svelte'))
];
