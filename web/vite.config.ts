import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

// A style or script that stands in the document itself is refused by the page's
// Content-Security-Policy, so nothing is inlined.
export default defineConfig({
  plugins: [svelte()],
  resolve: { alias: { $lib: '/src/lib', $components: '/src/components' } },
  build: { target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  // npm run dev asks a Cordon that runs on this machine: cordon run --listen 127.0.0.1:8480
  server: { proxy: { '/v1': { target: 'https://127.0.0.1:8443', secure: false, changeOrigin: true } } }
});
