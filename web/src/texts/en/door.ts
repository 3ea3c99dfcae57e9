export const door = {
  'door.title': 'Log in',
  'door.name': 'Name',
  'door.password': 'Password',
  'door.code': 'Code',
  'door.codeHelp': 'Six digits from your authenticator, or one of your recovery codes'
} as const;
