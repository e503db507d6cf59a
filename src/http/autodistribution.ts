/**
 * GET /v1/autodistribution?from=&trunk=&did=&exchange=: the dialplan asks who should get a caller. Text, so that
 * CURL() can use it as it is: the extension, or nothing; JSON for who asks for it.
 */
import type { FastifyRequest, RouteOptions } from "fastify";

/** A caller, as the dialplan tells of it. "" where it does not. */
export type Caller = {
  readonly from: string;
  readonly trunk: string;
  readonly did: string;
  /** Which of several exchanges asks. */
  readonly exchange: string;
  /** Everything that was asked, as it came. */
  readonly asked: Readonly<Record<string, unknown>>;
};

export type Advice = {
  /** Extension of the employee; "": nobody, and the dialplan goes on. */
  readonly number: string;
  /** What the telephone shall show: the client's name; "": nothing known. */
  readonly name: string;
  /** Why, and why not those before. */
  readonly reason: string;
  readonly passed_over: readonly string[];
};

/** Always answers within its limit. Never rejects for what lies outside. */
export type Advise = (caller: Caller) => Promise<Advice>;

const LONGEST = 128;

export const autodistributionRoute = (advise: Advise): RouteOptions => ({
  method: "GET",
  url: "/v1/autodistribution",
  handler: async (request, reply) => {
    const asked = request.query as Readonly<Record<string, unknown>>;
    const caller = callerIn(asked);
    void reply.header("cache-control", "no-store");
    const advice = caller === undefined ? NOT_UNDERSTOOD : await advise(caller);
    if (wantsJson(request)) return reply.send(advice);
    return reply.type("text/plain; charset=utf-8").send(inText(advice, asked["answer"]));
  },
});

const NOT_UNDERSTOOD: Advice = {
  number: "",
  name: "",
  reason: "the question cannot be read",
  passed_over: [],
};

/** A dialplan that asks nonsense goes on as if nobody was found: its caller is not to blame. */
export function callerIn(asked: Readonly<Record<string, unknown>>): Caller | undefined {
  const told = ["from", "trunk", "did", "exchange"].map((name) => asked[name] ?? "");
  const [from, trunk, did, exchange] = told;
  const isWord = (value: unknown): value is string =>
    typeof value === "string" && value.length <= LONGEST;
  return isWord(from) && isWord(trunk) && isWord(did) && isWord(exchange)
    ? { from, trunk, did, exchange, asked }
    : undefined;
}

const wantsJson = ({ headers }: FastifyRequest): boolean =>
  /\bapplication\/json\b/i.test(headers.accept ?? "");

/** A name has no comma, so ARRAY() in a dialplan takes both apart. */
function inText({ number, name }: Advice, answer: unknown): string {
  if (answer === "name") return name;
  return answer === "both" ? `${number},${name}` : number;
}
