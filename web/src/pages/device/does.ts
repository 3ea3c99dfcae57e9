// What somebody who opens a conversation to a camera seems to want, by the application that was
// recognised (internal/find names them). A word for people, no verdict.
export type Does = 'watch' | 'steer' | 'look' | 'ask' | 'shell' | 'other';

const by: Record<Exclude<Does, 'other'>, string[]> = {
  watch: [
    'rtsp',
    'rtp',
    'rtmp',
    'mpegts',
    'hik-sdk',
    'dahua',
    'pppp',
    'xiongmai',
    'topsee',
    'v380',
    'tvt',
    'reolink',
    'uniview',
    'vstarcam'
  ],
  steer: ['onvif', 'tuya-control', 'kasa-control', 'miio', 'mqtt', 'snmp', 'sip', 'sip-tcp', 'lantronix', 'hiflying'],
  look: ['http', 'tls', 'quic'],
  ask: ['wsd', 'sadp', 'dhip', 'ssdp', 'mdns', 'llmnr', 'nbns', 'netbios', 'coap', 'dahua-search', 'xm-search', 'gige', 'ubiquiti', 'hid'],
  shell: ['telnet', 'ssh', 'ftp', 'tftp']
};

const of = new Map<string, Does>(Object.entries(by).flatMap(([does, apps]) => apps.map((a): [string, Does] => [a, does as Does])));

// doesOf gives it for an application; anything that is not known is 'other'.
export function doesOf(app: string): Does {
  return of.get(app) ?? 'other';
}
