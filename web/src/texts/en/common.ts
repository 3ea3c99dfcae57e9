export const common = {
  'common.add': 'Add',
  'common.again': 'Try again',
  'common.cancel': 'Cancel',
  'common.close': 'Close',
  'common.copy': 'Copy',
  'common.copied': 'Copied',
  'common.loading': 'Loading',
  'common.more': 'Show more',
  'common.notKnown': 'not known',
  'common.remove': 'Remove {what}',
  'common.save': 'Save',
  'common.saved': 'Saved',
  'common.search': 'Search',
  'common.all': 'All',
  'common.optional': 'optional',
  'common.unknownError': 'That did not work',

  'error.unreachable': 'Cordon cannot be reached. It may be starting again; this page goes on by itself when it answers.',
  'error.refused': 'Your role does not allow this. Whoever owns this Cordon can change that.',
  'error.notThere': 'There is nothing here, or nothing that you may see.',
  'error.changed': 'Somebody else changed this meanwhile. Load it anew, then try again.',
  'error.server': 'Something went wrong inside Cordon. Its log says more.',

  'severity.critical': 'Critical',
  'severity.high': 'High',
  'severity.medium': 'Medium',
  'severity.low': 'Low',
  'severity.info': 'Info',

  'role.owner': 'Owner',
  'role.operator': 'Operator',
  'role.viewer': 'Viewer',
  'role.auditor': 'Auditor',
  'role.feed': 'Block lists only',
  'role.installer': 'Installer',

  'grade.none': 'not enough seen',
  'grade.is': 'Grade {grade}',

  'sure.certain': 'certain',
  'sure.very': 'very likely',
  'sure.likely': 'likely',
  'sure.possible': 'possible',
  'sure.guess': 'hardly more than a guess',

  'reach.closed': 'its recorder only',
  'reach.own network': 'your networks only',
  'reach.cloud': 'the outside',

  'time.never': 'never',
  'time.now': 'just now'
} as const;
