// What to write where, for those without a mirror port. Each line stands in docs/sources.md or
// docs/running.md too (snippets.test.ts), where the example's box is 192.0.2.10 and its site hq.

export interface Snippet {
  id: string;
  where: string; // a device or a file, not translated
  text: (box: string, site: string) => string;
}

const file = '/etc/cordon/cordon.toml';

// take is what the box itself has to be told.
export const take = {
  netflow: {
    id: 'netflow',
    where: file,
    text: (_: string, site: string) => `[[source]]
kind      = "netflow"
listen    = "0.0.0.0:2055"
exporters = ["192.0.2.1"]
site      = "${site}"`
  },
  sflow: {
    id: 'sflow',
    where: file,
    text: () => `[[source]]
kind      = "sflow"
listen    = "0.0.0.0:6343"
exporters = ["192.0.2.2"]`
  },
  leases: {
    id: 'leases',
    where: file,
    text: () => `[[source]]
kind   = "leases"
path   = "/var/lib/misc/dnsmasq.leases"`
  },
  zeek: {
    id: 'zeek',
    where: file,
    text: () => `[[source]]
kind = "zeek"
path = "/opt/zeek/logs/current"`
  },
  eve: {
    id: 'eve',
    where: file,
    text: () => `[[source]]
kind = "eve"
path = "/var/log/suricata/eve.json"`
  },
  firewall: {
    id: 'firewall',
    where: file,
    text: () => `[[source]]
kind    = "firewall"
path    = "/var/log/kern.log"`
  }
} satisfies Record<string, Snippet>;

// send is what routers and switches are told.
export const send: Snippet[] = [
  {
    id: 'mikrotik',
    where: 'MikroTik RouterOS',
    text: (box) => `/ip traffic-flow set enabled=yes interfaces=all active-flow-timeout=1m
/ip traffic-flow target add dst-address=${box} port=2055 version=9 v9-template-timeout=1m`
  },
  {
    id: 'cisco',
    where: 'Cisco IOS (Flexible NetFlow)',
    text: (box) => `flow exporter CORDON
 destination ${box}
 transport udp 2055
 template data timeout 60
flow monitor CORDON
 exporter CORDON
 cache timeout active 60
 record netflow ipv4 original-input
interface Vlan20
 ip flow monitor CORDON input
 ip flow monitor CORDON output`
  },
  {
    id: 'linux',
    where: 'Linux, OpenWrt (softflowd)',
    text: (box) => `softflowd -i br0 -v 10 -n ${box}:2055 -t maxlife=60 -T ether -c none`
  }
];

export const logLine: Snippet = {
  id: 'nft',
  where: 'nftables',
  text: () => `nft add rule inet filter forward iifname "cams" log prefix "cams-drop: " drop`
};

export const mirror: Snippet = {
  id: 'mirror',
  where: 'console',
  text: () => `ip link set eth1 up
ethtool -K eth1 gro off lro off`
};

// boxFrom is the address of this Cordon as others reach it, where the address bar has one; else the example's.
export function boxFrom(hostname: string): string {
  return /^\d+\.\d+\.\d+\.\d+$/.test(hostname) && !hostname.startsWith('127.') ? hostname : '192.0.2.10';
}
