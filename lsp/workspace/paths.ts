// Paths with `/` on every system, taken apart and put together without the disk.

/** The folder that holds a file; "/" or a drive's root holds itself. */
export function folderOf(path: string): string {
  const slash = path.lastIndexOf("/");
  if (slash < 0) return "";
  return slash === 0 || path[slash - 1] === ":" ? path.slice(0, slash + 1) : path.slice(0, slash);
}

/** A path below a folder with `.` and `..` taken away; an absolute one stays. */
export function joinPath(folder: string, relative: string): string {
  const whole = relative.startsWith("/") || /^[A-Za-z]:\//u.test(relative) ? relative : `${folder}/${relative}`;
  const parts: string[] = [];
  for (const part of whole.split("/")) {
    if (part === ".." && parts.length > 1) parts.pop();
    else if (part !== "." && part !== ".." && (part !== "" || parts.length === 0)) parts.push(part);
  }
  return parts.length === 1 && parts[0] === "" ? "/" : parts.join("/");
}
