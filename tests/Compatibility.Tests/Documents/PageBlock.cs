namespace Bailiwick.Compatibility.Tests.Documents;

/// <summary>A fenced block of a page of the repository.</summary>
/// <param name="Kind">What stands behind its opening fence: <c>sh</c> for what a reader pastes, <c>output</c> for what that prints.</param>
/// <param name="Text">Its lines, each with its end.</param>
/// <param name="Line">The number of its first line on the page.</param>
internal sealed record PageBlock(string Kind, string Text, int Line)
{
    private const string Fence = "```";

    /// <param name="page">As <c>docs/running.md</c>.</param>
    public static async Task<IReadOnlyList<PageBlock>> AllOfAsync(string page)
    {
        var lines = await File.ReadAllLinesAsync(Path.Combine(Repository.Root, page));
        var blocks = new List<PageBlock>();
        for (var i = 0; i < lines.Length; i++)
        {
            if (!lines[i].StartsWith(Fence, StringComparison.Ordinal)) continue;
            var end = Array.IndexOf(lines, Fence, i + 1);
            if (end < 0) throw new InvalidDataException($"{page} line {i + 1}: a block without an end");
            blocks.Add(new PageBlock(lines[i][Fence.Length..], string.Concat(lines[(i + 1)..end].Select(line => line + "\n")), i + 2));
            i = end;
        }
        return blocks;
    }
}
