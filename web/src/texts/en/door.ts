export const door = {
  'door.title': 'Log in',
  'door.name': 'Name',
  'door.password': 'Password',
  'door.newPassword': 'Choose a password',
  'door.goOn': 'Continue',
  'door.other': 'Log in as somebody else',
  'door.secondLead': 'One more step, {name}.',
  'door.code': 'Code',
  'door.codeHelp': 'Six digits from your authenticator, or one of your recovery codes',
  'door.or': 'or',
  'door.passkey': 'Use a passkey',
  'door.with': 'Continue with {name}',
  'door.toLogin': 'To the log-in',
  'door.lost': 'Forgotten how to get in? Whoever owns this Cordon can give you a new link.',

  'password.help': 'At least 10 characters. Three or four words that nobody connects with you are easy to remember.',
  'password.more': 'Still {n} to go. Three or four words are easy to remember.',
  'password.show': 'Show it',

  'sorry.provider': 'You were not let in by the other log-in. Try again, or ask whoever owns this Cordon.',
  'sorry.elsewhere': 'You are known there, but nobody here has given you an account yet. Ask whoever owns this Cordon for an invitation.',
  'sorry.link': 'That invitation is not good any more. Ask for another.',
  'sorry.invalid': 'That log-in took too long, or was begun in another window. Try again.',
  'sorry.wait': 'Too many tries. Wait a minute, then try again.',

  'invited.title': 'Welcome',
  'invited.lead': 'You are invited to this Cordon. Choose a password, and you are in.',
  'invited.anew': 'This link lets you begin anew: choose a new password. Your earlier password, second factor and passkeys end with it.',
  'invited.display': 'How others see you',
  'invited.accept': 'Come in',

  'unclaimed.title': 'This Cordon has no owner yet',
  'unclaimed.lead': 'To become its owner, open the link that it printed when it started.',
  'unclaimed.how': 'You can have it printed again, on the console of this box:',
  'unclaimed.command': 'Command',
  'unclaimed.why':
    'The link is the proof that the box is yours: anybody on the network can open this page, but only you can read its console.'
} as const;
