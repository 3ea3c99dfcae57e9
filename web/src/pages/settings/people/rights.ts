// What an owner decides about an account, between the form and the API.
import type { Schemas } from '$lib/api';
import { dayOf, endOf } from '$lib/dates';

export const roles = ['owner', 'operator', 'viewer', 'auditor', 'installer'] as const;
export type Role = (typeof roles)[number];

export interface Rights {
  display: string;
  role: Role;
  all: boolean; // every site
  sites: string[];
  until: string; // a day, "" for no end
}

export const none: Rights = { display: '', role: 'viewer', all: true, sites: [], until: '' };

// rightsOf is an account as the form shows it.
export function rightsOf(p: Schemas['Account']): Rights {
  return { display: p.display, role: p.role as Role, all: p.sites === null, sites: p.sites ?? [], until: dayOf(p.until) };
}

// sent is the form as the API takes it: an owner is held to no site, and "only these" without one is nothing.
export function sent(r: Rights): { display?: string; role: Role; sites?: string[]; until?: string } {
  const sites = r.role === 'owner' || r.all ? undefined : r.sites;
  return { display: r.display.trim() || undefined, role: r.role, sites, until: endOf(r.until) };
}

// lacks says what the form still needs: the name of the field, undefined for nothing.
export function lacks(r: Rights): 'sites' | 'until' | undefined {
  if (r.role === 'installer' && !r.until) return 'until';
  if (r.role !== 'owner' && !r.all && r.sites.length === 0) return 'sites';
  return undefined;
}
