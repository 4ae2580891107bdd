import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const room = (name: string, door = 'index') => fileURLToPath(new URL(`../src/${name}/${door}.ts`, import.meta.url));

export default defineConfig({
  plugins: [react()],
  resolve: {
    alias: {
      '#base': room('base'),
      '#vocab': room('vocab'),
      '#wire': room('wire'),
      '#dicom': room('dicom'),
      '#films': room('films'),
      '#privacy': room('privacy'),
      '#engine': room('engine', 'portal'),
      '#consent': room('consent', 'portal'),
      '#quality': room('quality', 'portal'),
      '#evaluation': room('evaluation', 'portal'),
      '#learning': room('learning', 'portal'),
      '#academy': room('academy'),
    },
  },
  worker: { format: 'es' },
  build: { target: 'es2022', assetsInlineLimit: 0, chunkSizeWarningLimit: 900, reportCompressedSize: false },
});
