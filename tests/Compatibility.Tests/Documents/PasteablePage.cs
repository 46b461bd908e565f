namespace Bailiwick.Compatibility.Tests.Documents;

/// <summary>A page whose shell blocks a reader pastes, one after the other, each with what it prints.</summary>
internal static class PasteablePage
{
    /// <summary>The blocks of a page; one without the other fails, for then nothing says what it prints.</summary>
    public static async Task<List<(string Script, string Output)>> BlocksAsync(string page)
    {
        var blocks = new List<(string, string)>();
        string? script = null;
        foreach (var block in await PageBlock.AllOfAsync(page))
        {
            if (block.Kind == "sh") script = block.Text;
            else if (block.Kind == "output")
            {
                blocks.Add((script ?? throw new InvalidDataException($"{page} line {block.Line}: output without a script"), block.Text));
                script = null;
            }
        }
        Assert.True(script is null, $"{page} does not say what this prints: {script}");
        return blocks;
    }

    /// <summary>Runs a block and requires that it prints what the page shows. The page has the default ports; a test has free ones.</summary>
    public static async Task RequireAsync(DocumentShell shell, ServerProcess server, string script, string output)
    {
        var here = script
            .Replace("localhost:8443", $"localhost:{server.HttpsPort}", StringComparison.Ordinal)
            .Replace("-p 8883", $"-p {server.MqttsPort}", StringComparison.Ordinal)
            .Replace("-p 1883", $"-p {server.MqttPort}", StringComparison.Ordinal);
        Assert.Equal($"{script}{output}", $"{script}{await shell.RunAsync(here)}");
    }
}
