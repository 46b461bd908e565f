using System.Text.RegularExpressions;
using Bailiwick.Compatibility.Tests.Devices;
using Bailiwick.Compatibility.Tests.Documents;

namespace Bailiwick.Compatibility.Tests;

/// <summary>The demonstration starts, tells each user's view as it really is, and leaves nothing behind.</summary>
public sealed partial class DemoTests
{
    private static readonly string Program = Path.Combine(Repository.Root, "demo", "bin", "Release", "net10.0", "Bailiwick.Demo");
    private static readonly string[] FreePorts = ["--Listen:Http=127.0.0.1:0", "--Listen:Mqtt=127.0.0.1:0", "--Listen:Https=off", "--Listen:Mqtts=off"];

    [Fact]
    public async Task It_serves_two_customers_with_devices_that_speak_and_prints_what_each_user_sees()
    {
        var ended = await ForeignProgram.RunAsync(Program, ["--devices", "6", "--seconds", "1", .. FreePorts]);
        Assert.True(ended.ExitCode == 0, string.Join('\n', (string[])[.. ended.Output, .. ended.Errors]));
        var users = ended.Output.Select(line => User().Match(line)).Where(match => match.Success).Select(match => match.Groups["found"].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToList();
        // Two plants and four devices, then one plant and two; whoever has no right sees the plants alone.
        Assert.Equal(["6", "6", "6", "2", "2", "3", "3", "3", "1", "1"], users.Select(found => found[0]));
        Assert.All(users.Where((_, index) => index % 5 <= 2), found => Assert.True(int.Parse(found[1], System.Globalization.CultureInfo.InvariantCulture) > 0));
        Assert.All(users.Where((_, index) => index % 5 > 2), found => Assert.Equal(["0", "0", "refused", "refused"], found[1..5]));
        Assert.Equal("The demonstration has ended, and its data is gone.", ended.Output[^1]);
    }

    [Theory]
    [InlineData("--devices", "0")]
    [InlineData("--devices")]
    [InlineData("--nothing")]
    public async Task A_wrong_argument_is_told_with_the_usage(params string[] arguments)
    {
        var ended = await ForeignProgram.RunAsync(Program, arguments);
        Assert.Equal(2, ended.ExitCode);
        Assert.Contains(ended.Errors, line => line.StartsWith("usage: ./dev demo", StringComparison.Ordinal));
    }

    [GeneratedRegex("^  (admin|manager|reader|installer|guest) +[a-z0-9]{12} (?<found>( +(\\d+|refused)){5})  ")]
    private static partial Regex User();
}
