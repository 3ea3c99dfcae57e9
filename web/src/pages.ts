// The pages: path, place in the menu, and the operation without which there is nothing to see.
import type { Component } from 'svelte';
import type { IconName } from '$components/Icon.svelte';
import type { Key } from '$lib/texts';

export interface PageRow {
  path: string; // first part of the path; below it the page decides
  title: Key;
  icon: IconName;
  needs: string; // operation, see session.can; empty: for everybody
  load: () => Promise<{ default: Component }>;
}

export const pages: PageRow[] = [
  { path: '/', title: 'nav.now', icon: 'now', needs: 'now.get', load: () => import('./pages/Now.svelte') },
  { path: '/devices', title: 'nav.devices', icon: 'devices', needs: 'device.list', load: () => import('./pages/Devices.svelte') },
  { path: '/traffic', title: 'nav.traffic', icon: 'traffic', needs: 'traffic.get', load: () => import('./pages/Traffic.svelte') },
  { path: '/alarms', title: 'nav.alarms', icon: 'alarms', needs: 'alarm.list', load: () => import('./pages/Alarms.svelte') },
  { path: '/findings', title: 'nav.findings', icon: 'findings', needs: 'finding.list', load: () => import('./pages/Findings.svelte') },
  { path: '/lists', title: 'nav.lists', icon: 'lists', needs: 'list.list', load: () => import('./pages/Lists.svelte') },
  { path: '/reports', title: 'nav.reports', icon: 'reports', needs: 'report.list', load: () => import('./pages/Reports.svelte') },
  { path: '/settings', title: 'nav.settings', icon: 'settings', needs: '', load: () => import('./pages/Settings.svelte') },
  { path: '/audit', title: 'nav.audit', icon: 'audit', needs: 'audit.list', load: () => import('./pages/Audit.svelte') },
  { path: '/help', title: 'nav.help', icon: 'help', needs: '', load: () => import('./pages/Help.svelte') }
];

// pageOf is the page of a path.
export function pageOf(path: string): PageRow | undefined {
  return pages.find((p) => (p.path === '/' ? path === '/' : path === p.path || path.startsWith(p.path + '/')));
}
