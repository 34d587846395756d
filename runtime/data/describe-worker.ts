import { parentPort, workerData } from "node:worker_threads";
import type { DataRequest } from "../../compiler/program/module.js";
import { attempt } from "./attempt.js";
import type { Described } from "./descriptions.js";
import { digestOf } from "./lock.js";
import { describeArrays } from "./read.js";

/** The thread that finds out what a large data file holds. */
const request = workerData as DataRequest;
const answer = attempt(() => ({ arrays: describeArrays(request) }));
const digest = "ok" in answer ? attempt(() => digestOf(request)) : undefined;
parentPort?.postMessage({
	answer,
	...(digest && "ok" in digest && { digest: digest.ok }),
} satisfies Described);
