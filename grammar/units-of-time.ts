/** How many seconds a unit of time has: `until 2 minutes`. */
export function secondsOf(unit: string): number | undefined {
	return { second: 1, seconds: 1, minute: 60, minutes: 60, hour: 3600, hours: 3600 }[unit];
}
