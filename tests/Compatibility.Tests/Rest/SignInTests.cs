using System.Net;

namespace Bailiwick.Compatibility.Tests.Rest;

/// <summary>Who is let in at all.</summary>
[Collection(RestServers.Name)]
public sealed class SignInTests(RestFixture rest)
{
    [Theory]
    [InlineData("/")]
    [InlineData("/platform")]
    [InlineData("/inventory/managedObjects")]
    [InlineData("/user/currentUser")]
    [InlineData("/tenant/tenants")]
    [InlineData("/no/such/path")]
    public async Task Without_credentials_there_is_nothing_to_see(string path)
    {
        foreach (var method in new[] { "GET", "POST", "PUT", "DELETE" })
            (await rest.AsNobody().SendAsync(method, path, null, null)).ExpectError(401, "security/Unauthorized");
    }

    [Fact]
    public async Task A_wrong_password_an_unknown_user_and_an_unknown_tenant_are_answered_alike()
    {
        var wrong = await rest.As("t1/admin", "wrong").GetAsync("/user/currentUser");
        var unknown = await rest.As($"t1/{rest.Unique("nobody")}", "wrong").GetAsync("/user/currentUser");
        var nowhere = await rest.As("nowhere/admin", FirstPasswords.Admin).GetAsync("/user/currentUser");

        wrong.ExpectError(401, "security/Unauthorized");
        Assert.Equal((401, wrong.Body), (unknown.Status, unknown.Body));
        Assert.Equal((401, wrong.Body), (nowhere.Status, nowhere.Body));
    }

    [Fact]
    public async Task The_tenant_comes_from_the_name_or_else_from_the_host()
    {
        var byDefault = new RestClient(rest.Server.NewClientOf("admin", FirstPasswords.Admin));
        var byHost = new RestClient(rest.Server.NewClientOf("admin", FirstPasswords.Management, rest.Server.HttpsOf("management")));

        Assert.Equal("t1", (await byDefault.GetAsync("/tenant/currentTenant")).Expect(200).Text("name"));
        Assert.Equal("management", (await byHost.GetAsync("/tenant/currentTenant")).Expect(200).Text("name"));
        Assert.StartsWith(rest.Server.HttpsOf("management").ToString(), (await byHost.GetAsync("/platform")).Expect(200).Text("self"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_request_says_how_to_sign_in()
    {
        using var answer = await rest.Server.NewClient().GetAsync(new Uri("/platform", UriKind.Relative));

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("Basic", Assert.Single(answer.Headers.WwwAuthenticate).Scheme);
    }
}
