import { createPublicKey, createVerify } from "node:crypto";
import { execute, type ExecutionResult, type GraphQLError } from "graphql";
import type { Faults, Outcome, ReceivedRequest } from "./faults.ts";
import type { GitHubModel } from "./github-model.ts";
import { rootOf } from "./github-resolvers.ts";
import { githubSchema, priceOf, readQuery, type Price } from "./github-schema.ts";
import { parseJson, startStandIn, type StandIn } from "./stand-in.ts";

export interface GitHubOptions {
  readonly model: GitHubModel;
  readonly token?: string;
  /** An App that may sign in: its installation gets the token above. */
  readonly app?: { readonly id: string; readonly privateKey: string; readonly installationId: number };
  /** A token without the scope for teams: a query that names them is refused as a whole. */
  readonly hasTeamScope?: boolean;
  /** Points that the rate limit has left at first; none means that there is no limit. */
  readonly points?: number;
  readonly resetMs?: number;
  readonly nodeLimit?: number;
  /** What GitHub manages in 10 s: a query that may answer more nodes ends with a 502. */
  readonly nodesInTime?: number;
  readonly faults?: Faults;
}

export interface GitHubStandIn extends StandIn {
  /** Each query that was executed. */
  readonly queries: readonly string[];
  /** Points spent. */
  readonly spent: () => number;
  /** Also fails when a query came that the schema refuses. */
  [Symbol.asyncDispose](): Promise<void>;
}

export const githubToken = "ghp_standIn";

/** GitHub's GraphQL API over a model, on its published schema, and what signing in needs of the REST API. */
export async function startGitHub(options: GitHubOptions): Promise<GitHubStandIn> {
  const state: State = { ...options, queries: [], refused: [], spent: 0 };
  const standIn = await startStandIn((request) => answer(request, state), options.faults);
  return {
    ...standIn,
    queries: state.queries,
    spent: () => state.spent,
    async [Symbol.asyncDispose]() {
      await standIn[Symbol.asyncDispose]();
      if (state.refused.length > 0) throw new Error(`the schema refuses: ${state.refused.join("\n")}`);
    },
  };
}

interface State extends GitHubOptions {
  readonly queries: string[];
  readonly refused: string[];
  spent: number;
}

function answer(request: ReceivedRequest, state: State): Outcome {
  const path = request.path.replace(/^\/api(?:\/v3)?(?=\/)/, "");
  const { token = githubToken } = state;
  const authorization = request.headers.authorization ?? "";
  if (path.startsWith("/app/installations/")) return installationToken(path, authorization, state);
  if (!/^(?:token|bearer) /i.test(authorization) || authorization.split(" ")[1] !== token) {
    return {
      status: 401,
      body: { message: "Bad credentials", documentation_url: "https://docs.github.com" },
    };
  }
  if (path === "/graphql" && request.method === "POST") return graphql(request, state);
  return { status: 404, body: { message: "Not Found" } };
}

function graphql(request: ReceivedRequest, state: State): Outcome {
  const { query } = parseJson(request.body) as { query: string };
  const document = readQuery(query);
  if (!("kind" in document)) {
    state.refused.push(...document.map(({ message }) => message));
    return { status: 200, body: { errors: document.map(({ message }) => ({ message })) } };
  }
  const { cost, nodes } = priceOf(document);
  const refusal = refuse(query, { cost, nodes }, state);
  if (refusal) return refusal;
  state.spent += cost;
  state.queries.push(query);
  const limit = rateLimit(state);
  const rootValue = rootOf(state.model, "octocat", { cost, nodeCount: nodes, ...limit?.fields });
  const { data, errors } = execute({ schema: githubSchema, document, rootValue }) as ExecutionResult;
  const body = { data, ...(errors && { errors: errors.map(toError) }) };
  return { status: 200, body, ...(limit && { headers: limit.headers }) };
}

/** What GitHub says before it executes anything. Each of these is a 200, but for the time-out. */
function refuse(query: string, { cost, nodes }: Price, state: State): Outcome | undefined {
  const { nodeLimit = 500_000, nodesInTime = Infinity, hasTeamScope = true } = state;
  if (nodes > nodeLimit) {
    const message = `This query requests up to ${nodes} possible nodes which exceeds the maximum limit of ${nodeLimit}.`;
    return { status: 200, body: { errors: [{ type: "MAX_NODE_LIMIT_EXCEEDED", message }] } };
  }
  if (!hasTeamScope && query.includes("combinedSlug")) {
    const message =
      "Your token has not been granted the required scopes to execute this query. The 'combinedSlug' field requires " +
      "one of the following scopes: ['read:org', 'read:discussion'], but your token has only been granted the: ['repo'] scopes.";
    return { status: 200, body: { data: null, errors: [{ type: "INSUFFICIENT_SCOPES", message }] } };
  }
  if (nodes > nodesInTime) {
    const message = "We couldn't respond to your request in time. Sorry about that.";
    return { status: 502, body: { message } };
  }
  const limit = rateLimit(state);
  if (limit === undefined || limit.fields.remaining >= cost) return undefined;
  const headers = { ...limit.headers, "x-ratelimit-remaining": "0" };
  const errors = [{ type: "RATE_LIMITED", message: "API rate limit already exceeded for user ID 1." }];
  return { status: 200, body: { errors }, headers };
}

function rateLimit({ points, spent, resetMs = 4_000_000_000_000 }: State) {
  if (points === undefined) return undefined;
  const remaining = Math.max(0, points - spent);
  const headers = {
    "x-ratelimit-limit": String(points),
    "x-ratelimit-remaining": String(remaining),
    "x-ratelimit-reset": String(Math.floor(resetMs / 1000)),
    "x-ratelimit-resource": "graphql",
  };
  const fields = { limit: points, remaining, used: spent, resetAt: new Date(resetMs).toISOString() };
  return { headers, fields };
}

function toError({ message, path, extensions }: GraphQLError): object {
  return { type: extensions["type"], path, message };
}

/** Source: https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app */
function installationToken(
  path: string,
  authorization: string,
  { app, token = githubToken }: State,
): Outcome {
  const [, header = "", claims = "", signature = ""] =
    /^bearer ([^.]+)\.([^.]+)\.([^.]+)$/i.exec(authorization) ?? [];
  const { iss } = (parseJson(Buffer.from(claims, "base64url")) ?? {}) as { iss?: unknown };
  const isSigned =
    app !== undefined &&
    createVerify("sha256")
      .update(`${header}.${claims}`)
      .verify(createPublicKey(app.privateKey), signature, "base64url");
  if (!isSigned || String(iss) !== app.id) {
    return { status: 401, body: { message: "A JSON web token could not be decoded" } };
  }
  if (path !== `/app/installations/${app.installationId}/access_tokens`) {
    return { status: 404, body: { message: "Not Found" } };
  }
  const body = { token, expires_at: new Date(4_000_000_000_000).toISOString(), permissions: {} };
  return { status: 201, body };
}
