import { rm } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";

const root = join(import.meta.dirname, "../..");

/** The functions that ship, by their file in `functions/`. */
export const functionNames = ["endpoint", "collector", "redrive"] as const;
export type FunctionName = (typeof functionNames)[number];

export interface Bundle {
  /** What Lambda gets: `index.mjs` with its chunks and source maps. */
  readonly folder: string;
  /** Of code that is loaded at the start. */
  readonly startBytes: number;
  /** Of all code, chunks that are loaded when needed included. */
  readonly allBytes: number;
}

/** Bundles a function into a folder of its own; what stood there is gone. */
export async function bundle(name: FunctionName, folder: string): Promise<Bundle> {
  return bundleFile(join(root, "functions", `${name}.ts`), folder);
}

/** The same for any other entry point: what a benchmark compares to is bundled alike. */
export async function bundleFile(entry: string, folder: string): Promise<Bundle> {
  await rm(folder, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { index: entry },
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    // What is imported dynamically, such as the client of S3, is a chunk of its own, read only when it is needed.
    splitting: true,
    chunkNames: "chunk-[hash]",
    format: "esm",
    platform: "node",
    target: "node24",
    mainFields: ["module", "main"],
    minify: true,
    sourcemap: true,
    sourcesContent: false,
    legalComments: "none",
    // Packages that are CommonJS inside an ES module still ask for Node's own modules by `require`.
    banner: {
      js: `import{createRequire as hydrantRequire}from"node:module";const require=hydrantRequire(import.meta.url);`,
    },
    metafile: true,
    logLevel: "silent",
  });
  return { folder, ...sizesOf(metafile.outputs) };
}

interface Output {
  readonly bytes: number;
  readonly imports: readonly { readonly path: string; readonly kind: string }[];
}

function sizesOf(outputs: Readonly<Record<string, Output>>): Pick<Bundle, "startBytes" | "allBytes"> {
  const code = Object.entries(outputs).filter(([path]) => path.endsWith(".mjs"));
  const atStart = new Set<string>();
  const load = (path: string): void => {
    if (atStart.has(path)) return;
    atStart.add(path);
    for (const each of outputs[path]?.imports ?? []) {
      if (each.kind === "import-statement" && each.path in outputs) load(each.path);
    }
  };
  for (const [path] of code) if (path.endsWith("index.mjs")) load(path);
  const bytes = (paths: Iterable<string>): number =>
    [...paths].reduce((sum, path) => sum + (outputs[path]?.bytes ?? 0), 0);
  return { startBytes: bytes(atStart), allBytes: bytes(code.map(([path]) => path)) };
}
