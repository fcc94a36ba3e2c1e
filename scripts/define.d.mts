export const define: Readonly<Record<string, string>>;
