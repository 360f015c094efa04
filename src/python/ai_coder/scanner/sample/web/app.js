/* The other half of a cycle. */
import { view } from "./view";

export const start = () => view();
