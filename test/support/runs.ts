/** How many cases a property tries: FC_RUNS overrides. */
export const runs = (usual: number): number => Number(process.env["FC_RUNS"] ?? usual);
