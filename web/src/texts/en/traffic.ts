export const traffic = {
  'traffic.lead': 'Where your devices that watch and listen send, and where they only tried to.',
  'traffic.map': 'World map of bytes exchanged by country',
  'traffic.less': 'less',
  'traffic.more': 'more',
  'traffic.tooSmall': 'Too small for the map:',
  'traffic.conversations.one': '{n} conversation',
  'traffic.conversations.other': '{n} conversations',
  'traffic.countries.one': '{n} country',
  'traffic.countries.other': '{n} countries',
  'traffic.from': 'From',
  'traffic.to': 'to',
  'flowpicture.none': 'Nothing was sent in this time.'
} as const;
