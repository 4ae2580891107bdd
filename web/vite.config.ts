import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const room = (name: string) => fileURLToPath(new URL(`../src/${name}/index.ts`, import.meta.url));

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { '#base': room('base'), '#vocab': room('vocab'), '#wire': room('wire') } },
  build: { target: 'es2022', assetsInlineLimit: 0, chunkSizeWarningLimit: 900, reportCompressedSize: false },
});
