using System.Net;
using System.Text.RegularExpressions;

namespace Bailiwick.Compatibility.Tests.Rest;

/// <summary>The interface description is there for programs and people, before they sign in.</summary>
public sealed partial class DescriptionPageTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private readonly HttpClient _client = shared.Server.NewClient();

    [Fact]
    public async Task Programs_read_the_document_without_signing_in()
    {
        using var answer = await _client.GetAsync(new Uri("/openapi.json", UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("application/vnd.oai.openapi+json", answer.Content.Headers.ContentType!.MediaType);
        Assert.True(answer.Headers.Contains("Strict-Transport-Security"));
        Assert.Contains("x-required-permissions", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task People_get_a_page_that_loads_everything_from_this_server_and_may_load_nothing_else()
    {
        using var answer = await _client.GetAsync(new Uri("/scalar/", UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("default-src 'self'", string.Concat(answer.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        var page = await answer.Content.ReadAsStringAsync();
        Assert.DoesNotContain("http", page, StringComparison.OrdinalIgnoreCase);
        var scripts = Script().Matches(page).Select(script => script.Groups["name"].Value).ToList();
        Assert.NotEmpty(scripts);
        foreach (var script in scripts)
        {
            using var loaded = await _client.GetAsync(new Uri($"/scalar/{script}", UriKind.Relative));
            Assert.Equal(HttpStatusCode.OK, loaded.StatusCode);
        }
    }

    [GeneratedRegex("src=\"(?<name>[^\"]+)\"")]
    private static partial Regex Script();
}
