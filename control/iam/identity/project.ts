/** Whether a name is that of the region's own project. */
export function isRegionProject(region: string, name: string): boolean {
  return name === region
}

/** Projects are called after the region they are in: the region itself, or the region, an underscore and more. */
export function isProjectName(region: string, name: string): boolean {
  return isRegionProject(region, name) || (name.startsWith(`${region}_`) && name.length > region.length + 1)
}
