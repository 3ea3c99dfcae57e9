// What usually answers on a port (IANA, Service Name and Transport Protocol Port Number Registry; those of
// makers from the knowledge of Cordon). Shown where nothing was recognised.
export const usual: Record<number, string> = {
  21: 'FTP',
  22: 'SSH',
  23: 'Telnet',
  80: 'web page',
  443: 'web page (TLS)',
  554: 'video (RTSP)',
  1883: 'MQTT',
  1935: 'video (RTMP)',
  3702: 'discovery (WS-Discovery)',
  5060: 'telephony (SIP)',
  8000: 'Hikvision SDK',
  8080: 'web page',
  8443: 'web page (TLS)',
  8554: 'video (RTSP)',
  8883: 'MQTT (TLS)',
  9527: 'Xiongmai console',
  34567: 'Xiongmai',
  37777: 'Dahua'
};
