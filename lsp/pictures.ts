import { drawPicture } from "../runtime/pictures/draw.js";
import type { NamedPicture } from "./results.js";

/** Visual Studio Code cuts Markdown at 100,000 characters, and a cut picture is none. */
const most = 90_000;
const mostPictures = 4;

/** Pictures as Markdown, with the data in it, as many as there is room for; what is left out is said. */
export async function picturesIn(pictures: readonly NamedPicture[]): Promise<string> {
	let text = "";
	let left = pictures.length;
	for (const { name, picture } of pictures.slice(0, mostPictures)) {
		const data = Buffer.from(await drawPicture(picture, name)).toString("base64");
		const image = `\n\n![${name}](data:image/svg+xml;base64,${data})`;
		if (text.length + image.length > most) break;
		text += image;
		left--;
	}
	return left === 0
		? text
		: `${text}\n\n${left === 1 ? "One picture is" : `${left} pictures are`} not shown here.`;
}
