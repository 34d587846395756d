import { Type, tableFromIPC } from "@uwdata/flechette";
import type { DataArray } from "./array.js";
import { DataRefusal } from "./problem.js";
import { noNumbers, tabular } from "./tabular.js";

/** The name of Arrow's type with a number: `Utf8`. */
function typeName(id: number): string {
	return Object.entries(Type).find(([, value]) => value === id)?.[0] ?? String(id);
}

/** A table in Arrow's IPC format, file or stream. */
export function readArrow(bytes: Uint8Array, label: string | undefined): DataArray[] {
	const table = decoded(bytes);
	if (table.numCols === 0) throw new DataRefusal("E0516", "this is not a file of Arrow's IPC format");
	const columns = table.children.map((column, i) => {
		const name = String(table.names[i]);
		const { typeId } = column.type;
		const whole = typeId === Type.Int || typeId === Type.Bool;
		if (!whole && typeId !== Type.Float) throw noNumbers(name, typeName(typeId));
		return { name, whole, values: column.toArray() as ArrayLike<number | bigint | boolean | null> };
	});
	return tabular(columns, table.numRows, label);
}

function decoded(bytes: Uint8Array): ReturnType<typeof tableFromIPC> {
	try {
		return tableFromIPC(bytes);
	} catch (error) {
		const packed = error instanceof Error && /compress|codec/i.test(error.message);
		throw packed
			? new DataRefusal("E0516", "the file is compressed", "write it without compression")
			: new DataRefusal("E0516", "this is not a file of Arrow's IPC format");
	}
}
