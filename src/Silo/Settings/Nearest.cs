namespace Bailiwick.Silo.Settings;

/// <summary>Finds the name that a person who mistyped another most likely meant.</summary>
internal static class Nearest
{
    /// <summary>
    /// The candidate fewest edits away, or the one whose last segment was written alone; null when none is near enough
    /// that the suggestion would help. Letter case does not count.
    /// </summary>
    public static string? To(string written, IEnumerable<string> candidates)
    {
        string? best = null;
        var bestEdits = Math.Max(2, written.Length / 3) + 1;
        foreach (var candidate in candidates)
        {
            var lastSegment = candidate[(candidate.LastIndexOf(':') + 1)..];
            var edits = Math.Min(Edits(written, candidate), Edits(written, lastSegment));
            if (edits >= bestEdits) continue;
            (best, bestEdits) = (candidate, edits);
        }

        return best;
    }

    /// <summary>The number of letters to insert, delete or replace to make one text of the other (Levenshtein's distance).</summary>
    private static int Edits(string from, string to)
    {
        var row = new int[to.Length + 1];
        for (var column = 0; column <= to.Length; column++) row[column] = column;
        for (var line = 1; line <= from.Length; line++)
        {
            var diagonal = row[0];
            row[0] = line;
            for (var column = 1; column <= to.Length; column++)
            {
                var same = char.ToLowerInvariant(from[line - 1]) == char.ToLowerInvariant(to[column - 1]);
                var replace = diagonal + (same ? 0 : 1);
                diagonal = row[column];
                row[column] = Math.Min(replace, Math.Min(row[column], row[column - 1]) + 1);
            }
        }

        return row[to.Length];
    }
}
