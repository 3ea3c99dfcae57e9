import { t } from '$lib/texts';

// steps are the names of the first run's steps, in their order.
export const steps = () => [
  t('setup.step.notice'),
  t('setup.step.owner'),
  t('setup.step.networks'),
  t('setup.step.listen'),
  t('setup.step.scan')
];
