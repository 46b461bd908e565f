using System.Runtime.CompilerServices;
using System.Text;
using Bailiwick.Edge.Http;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;

namespace Bailiwick.Edge.Tests.Http;

/// <summary>
/// The wire, pair by pair. A difference is a decision about compatibility: <c>GOLDEN_ACCEPT=1</c> writes what the door says now
/// into the files, where the review sees it.
/// </summary>
public sealed class GoldenTests
{
    [Fact]
    public async Task Every_request_of_the_files_is_answered_as_they_say()
    {
        await using var server = await RestServer.StartAsync();
        var differences = new StringBuilder();
        var files = new SortedDictionary<string, StringBuilder>(StringComparer.Ordinal);
        foreach (var golden in GoldenCase.All)
        {
            server.Grains.Calls.Clear();
            using var answer = await server.Client.SendAsync(golden.ToRequest());
            var shown = await GoldenCase.ShowAsync(answer, server.Grains.Calls);
            if (!files.TryGetValue(golden.File, out var file)) files[golden.File] = file = new StringBuilder();
            file.Append(golden.With(shown));
            Assert.True((int)answer.StatusCode < 500, $"{golden.File}, {golden.Name}: {server.Log.Lines.LastOrDefault()}");
            if (shown != golden.Answer) differences.Append(golden.File).Append(": ").Append(golden.With(shown));
        }
        if (Environment.GetEnvironmentVariable("GOLDEN_ACCEPT") == "1") Accept(files);
        Assert.True(differences.Length == 0, differences.ToString());
    }

    [Fact]
    public void Every_route_has_a_pair()
    {
        var seen = GoldenCase.All.Select(golden => golden.Route).ToHashSet();

        Assert.Empty(Routes.All.Where(route => !seen.Contains(route)).Select(route => $"{route.Method} {route.Template}"));
    }

    [Fact]
    public async Task A_route_asks_nothing_but_what_the_table_says()
    {
        await using var server = await RestServer.StartAsync();
        foreach (var golden in GoldenCase.All)
        {
            if (golden.Route is not { } route) continue;
            server.Grains.Calls.Clear();
            using var answer = await server.Client.SendAsync(golden.ToRequest());

            Assert.All(server.Grains.Calls, call => Assert.Contains(call.Method, route.Asks));
            Assert.All(server.Grains.Calls, call => Assert.True(route.IsOpen ? call.Caller.Task == PlatformTask.SignIn : call.Caller.User == World.Smith, golden.Name));
            if ((int)answer.StatusCode < 300) Assert.NotEmpty(server.Grains.Calls);
        }
    }

    /// <summary>Whatever a grain refuses, on whatever route, is said in the interface's form, and nothing of it is a fault of ours.</summary>
    [Theory]
    [InlineData(RefusalKind.Unauthenticated, 401)]
    [InlineData(RefusalKind.Denied, 403)]
    [InlineData(RefusalKind.NotFound, 404)]
    [InlineData(RefusalKind.Conflict, 409)]
    [InlineData(RefusalKind.Invalid, 422)]
    [InlineData(RefusalKind.Malformed, 400)]
    [InlineData(RefusalKind.TooLarge, 413)]
    [InlineData(RefusalKind.Busy, 429)]
    [InlineData(RefusalKind.Unavailable, 503)]
    public async Task A_refusal_is_told_on_every_route(RefusalKind kind, int status)
    {
        var grains = World.Grains();
        grains.Always = _ => throw new Refusal(kind, "family", "the client's text", "the log's text");
        await using var server = await RestServer.StartAsync(grains);
        foreach (var golden in GoldenCase.All.Where(golden => golden.Answer.StartsWith("asks ", StringComparison.Ordinal)))
        {
            using var answer = await server.Client.SendAsync(golden.ToRequest());
            var body = await answer.Content.ReadAsStringAsync();

            var expected = kind == RefusalKind.NotFound && golden.Route!.NamesTargetInBody ? 422 : status;
            Assert.True(expected == (int)answer.StatusCode, $"{golden.Method} {golden.Target}: {(int)answer.StatusCode} {body}");
            Assert.Contains("\"message\":\"the client's text\"", body, StringComparison.Ordinal);
            Assert.DoesNotContain("the log's text", body, StringComparison.Ordinal);
            Assert.Equal(kind == RefusalKind.Unauthenticated, answer.Headers.WwwAuthenticate.Count > 0);
            Assert.Equal(kind is RefusalKind.Busy or RefusalKind.Unavailable, answer.Headers.RetryAfter is not null);
            Assert.Null(answer.Headers.Location);
        }
        Assert.Empty(server.Log.Lines);
    }

    private static void Accept(IEnumerable<KeyValuePair<string, StringBuilder>> files, [CallerFilePath] string here = "")
    {
        foreach (var (name, text) in files)
            File.WriteAllText(Path.Combine(Path.GetDirectoryName(here)!, "golden", name), text.ToString().TrimEnd() + "\n");
    }
}
