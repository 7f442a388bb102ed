import type { Destination, Limits, Route } from "../../lib/destinations/destination.ts";

/** The same destination with tighter limits, so that few points make many requests. */
export function narrow(destination: Destination, limits: Partial<Limits>): Destination {
  const routes = new Map<Route, Route>();
  const narrowed = (route: Route): Route => {
    const known = routes.get(route) ?? { ...route, limits: { ...route.limits, ...limits } };
    routes.set(route, known);
    return known;
  };
  return {
    name: destination.name,
    place(point, nowMs) {
      const placement = destination.place(point, nowMs);
      return placement.kind === "route" ? { ...placement, route: narrowed(placement.route) } : placement;
    },
  };
}
