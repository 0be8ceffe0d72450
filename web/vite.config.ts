import { fileURLToPath } from "node:url";

import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// The service that `npm run dev` talks to: the one that `make run` starts.
const service = "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    outDir: "../interviewer/web",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    target: "es2022",
    // LiveKit's client is one module of 530 kB, loaded only where an interview comes that way.
    chunkSizeWarningLimit: 600,
  },
  server: { proxy: { "/api": { target: service, ws: true } } },
  test: { include: ["src/**/*.test.ts", "src/**/*.test.tsx"], environment: "node" },
});
