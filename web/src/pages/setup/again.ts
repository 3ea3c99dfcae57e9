import { api } from '$lib/api';

// answersAgain waits until Cordon answers, which is away for a moment after the settings changed: at
// most `within`, for whoever comes then is told on the page that it is away.
export async function answersAgain(within = 20_000): Promise<void> {
  const end = Date.now() + within;
  await pause(600); // it is told to start anew after its answer
  while (Date.now() < end) {
    const ok = await api.GET('/v1/door').then(
      (r) => r.response.ok,
      () => false
    );
    if (ok) return;
    await pause(400);
  }
}

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));
