import { start } from "./app";

export const view = () => start;
