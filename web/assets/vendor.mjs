// Copies what browsers need from node_modules into the tree: `npm run vendor`, by hand, after a
// version in package.json changed. Everything it writes is committed.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";

const from = (path) => new URL(`../../node_modules/${path}`, import.meta.url);
const to = (path) => new URL(`../${path}`, import.meta.url);

// htmx, whole: it is small and works under the strict Content-Security-Policy.
mkdirSync(to("static/js/vendor"), { recursive: true });
writeFileSync(
  to("static/js/vendor/htmx.js"),
  readFileSync(from("htmx.org/dist/htmx.min.js"), "utf8").replace(/\n?\/\/# sourceMappingURL=.*\n?$/, "\n"),
);

// Pretendard, in its dynamic subset: a page fetches only the parts whose letters it shows.
rmSync(to("static/fonts"), { recursive: true, force: true });
const fonts = "pretendard/dist/web/variable/";
cpSync(from(fonts + "woff2-dynamic-subset"), to("static/fonts"), { recursive: true });
writeFileSync(
  to("static/fonts.css"),
  readFileSync(from(fonts + "pretendardvariable-dynamic-subset.css"), "utf8").replaceAll("./woff2-dynamic-subset/", "fonts/"),
);

// Icons: the ones in the list, without size and class, which the component sets.
const names = readFileSync(to("webkit/icons/names.txt"), "utf8").split(/\s+/).filter(Boolean).sort();
for (const old of readdirSync(to("webkit/icons"))) if (old.endsWith(".svg")) rmSync(to("webkit/icons/" + old));
for (const name of names) {
  const svg = readFileSync(from(`lucide-static/icons/${name}.svg`), "utf8");
  const body = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.indexOf("</svg>"));
  writeFileSync(to(`webkit/icons/${name}.svg`), body.replace(/\n\s*/g, "") + "\n");
}

// Licences of all of the above, in one file that is served with them.
const licence = (title, path) => `${title}\n${"=".repeat(title.length)}\n\n${readFileSync(from(path), "utf8").trim()}\n`;
const fontCSS = readFileSync(from(fonts + "pretendardvariable-dynamic-subset.css"), "utf8");
const ofl = fontCSS.slice(fontCSS.indexOf("/*") + 2, fontCSS.indexOf("*/")).trim();
writeFileSync(
  to("static/LICENSES.txt"),
  [
    "Maru ships these works of others. Their licences follow.\n",
    licence("htmx 4.0.1 (js/vendor/htmx.js)", "htmx.org/LICENSE"),
    licence("Lucide 1.62.0 (icons in the pages)", "lucide-static/LICENSE"),
    licence("Tailwind CSS 4.3.5 (in app.css)", "tailwindcss/LICENSE"),
    licence("daisyUI 5.8.1 (in app.css)", "daisyui/LICENSE"),
    `Pretendard 1.3.9 (fonts/)\n=========================\n\n${ofl}\n`,
  ].join("\n"),
);
