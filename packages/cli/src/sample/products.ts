/**
 * What the sample shop sells. The enricher finds the names by id in the reference table `products`.
 */
export interface Product {
  readonly id: string;
  readonly name: string;
  readonly category: string;
  /** Euro cents. */
  readonly cents: number;
}

const product = (id: string, name: string, category: string, cents: number): Product => ({ id, name, category, cents });

export const products: readonly Product[] = [
  product('p-01', 'Desk lamp "Lumen"', 'lighting', 4990),
  product('p-02', 'Floor lamp "Arc"', 'lighting', 12900),
  product('p-03', 'Oak notebook stand', 'desk', 2499),
  product('p-04', 'Standing desk, 140 cm', 'desk', 39900),
  product('p-05', 'Cable tray', 'desk', 1795),
  product('p-06', 'Wool desk mat', 'desk', 3450),
  product('p-07', 'Office chair "Levels"', 'seating', 27900),
  product('p-08', 'Saddle stool', 'seating', 15950),
  product('p-09', 'Pour-over coffee set', 'kitchen', 4275),
  product('p-10', 'Enamel mug, 2 pieces', 'kitchen', 1899),
  product('p-11', 'Wall shelf, ash', 'storage', 5933),
  product('p-12', 'Document box', 'storage', 999),
];
