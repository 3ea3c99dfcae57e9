import type { Schemas } from '$lib/api';

// acceptedBy is the risk under which the owner lives with a finding, if any: a risk without a
// device is for every one, a risk without a key for every finding of the code.
export function acceptedBy(
  f: Schemas['FindingRow'],
  risks: Schemas['AcceptedRisk'][],
  now = Date.now()
): Schemas['AcceptedRisk'] | undefined {
  return risks.find(
    (r) => r.code === f.code && (!r.device || r.device === f.device) && (!r.key || r.key === f.key) && new Date(r.until).getTime() > now
  );
}
