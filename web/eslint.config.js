import js from "@eslint/js";
import jsxA11y from "eslint-plugin-jsx-a11y";
import reactHooks from "eslint-plugin-react-hooks";
import globals from "globals";
import tseslint from "typescript-eslint";

/** `folder` may not import from `banned`; each says why, so that the error does too. */
const boundary = (folder, banned, message) => ({
  files: [`src/${folder}/**/*.{ts,tsx}`],
  rules: {
    "no-restricted-imports": [
      "error",
      {
        patterns: [
          {
            group: banned.flatMap((name) => [`@/${name}`, `@/${name}/**`, `**/../${name}/**`]),
            message,
          },
        ],
      },
    ],
  },
});

export default tseslint.config(
  { ignores: ["node_modules", "dist", "src/api/schema.d.ts"] },
  js.configs.recommended,
  {
    files: ["src/**/*.{ts,tsx}"],
    extends: [
      ...tseslint.configs.strictTypeChecked,
      ...tseslint.configs.stylisticTypeChecked,
      jsxA11y.flatConfigs.strict,
      reactHooks.configs.flat.recommended,
    ],
    languageOptions: {
      globals: globals.browser,
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
    },
  },
  { files: ["*.config.{js,ts}", "dev/**", "e2e/**"], languageOptions: { globals: { ...globals.node, ...globals.browser } } },
  boundary("features/candidate", ["features/review", "app"], "features never import each other"),
  boundary("features/review", ["features/candidate", "app"], "features never import each other"),
  boundary("ui", ["features", "app", "core", "api"], "ui knows nothing of the product"),
  boundary("api", ["features", "app", "core", "ui"], "api is the lowest room"),
  boundary("core", ["features", "app", "ui", "react"], "core runs without a framework"),
);
