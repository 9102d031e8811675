/** One package of the catalogue (contract 3.3): what a server of it has. */
export interface Product {
  readonly productId: string
  readonly flavorId: string
  readonly cpu: number
  readonly memoryMb: number
  /** Sessions the package includes. */
  readonly sessions: number
}

function product(size: string, flavorId: string, cpu: number, memoryMb: number, sessions: number): Product {
  return { productId: `workspace.appstream.general.${size}.2`, flavorId, cpu, memoryMb, sessions }
}

/** The packages every installation has. */
export const PRODUCTS: readonly Product[] = [
  product('large', 's2.medium.2', 1, 2048, 5),
  product('xlarge', 's2.large.2', 2, 4096, 10),
  product('2xlarge', 's2.xlarge.2', 4, 8192, 20),
  product('4xlarge', 's2.2xlarge.2', 8, 16384, 40),
]

export function findProduct(productId: string): Product | undefined {
  return PRODUCTS.find((candidate) => candidate.productId === productId)
}
