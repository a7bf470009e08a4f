/* Sorting and searching: recursion, function pointers, loops over pointers. */
typedef unsigned long size;
typedef int (*compare)(const void *, const void *);

static void exchange(char *a, char *b, size n)
{
    while (n--) {
        char c = *a;
        *a++ = *b;
        *b++ = c;
    }
}

void quick_sort(void *base, size count, size width, compare less)
{
    char *first = base;
    while (count > 1) {
        size i = 0, j = count - 1, pivot = count / 2;
        for (;;) {
            while (less(first + i * width, first + pivot * width) < 0) i++;
            while (less(first + pivot * width, first + j * width) < 0) j--;
            if (i >= j) break;
            exchange(first + i * width, first + j * width, width);
            if (pivot == i) pivot = j;
            else if (pivot == j) pivot = i;
            i++;
            j--;
        }
        quick_sort(first, i, width, less);
        first += (i + 1) * width;
        count -= i + 1;
    }
}

void *binary_search(const void *key, const void *base, size count, size width, compare less)
{
    const char *first = base;
    while (count) {
        const char *middle = first + (count / 2) * width;
        int order = less(key, middle);
        if (!order) return (void *)middle;
        if (order > 0) {
            first = middle + width;
            count -= count / 2 + 1;
        } else {
            count /= 2;
        }
    }
    return 0;
}

static int by_value(const void *a, const void *b)
{
    long x = *(const long *)a, y = *(const long *)b;
    return (x > y) - (x < y);
}

long table[] = { 5, 3, -7, 1000000007, 0x123456789abcdefLL, -1, 0 };

long *sorted(void)
{
    quick_sort(table, sizeof table / sizeof *table, sizeof *table, by_value);
    return table;
}
