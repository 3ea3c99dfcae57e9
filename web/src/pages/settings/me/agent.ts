// What a browser calls itself, in words. Only a help for telling sessions apart: anybody may call himself anything.
const browsers: [RegExp, string][] = [
  [/\bEdg(?:e|A|iOS)?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Chrome|Chromium|CriOS|HeadlessChrome)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
  [/^curl\//, 'curl']
];
const systems: [RegExp, string][] = [
  [/\b(?:iPhone|iPod)\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bMac OS X\b/, 'Mac'],
  [/\bLinux\b/, 'Linux']
];

const first = (of: [RegExp, string][], agent: string) => of.find(([r]) => r.test(agent))?.[1];

// system is the kind of device alone.
export function system(agent: string): string {
  return first(systems, agent) ?? '';
}

// called is browser and device: "Firefox, Windows"; what is not known is shown as it was sent, cut.
export function called(agent: string): string {
  return [first(browsers, agent), system(agent)].filter(Boolean).join(', ') || agent.slice(0, 60);
}
