namespace Bailiwick.Analyzers.Tests;

/// <summary>BW0003: callers are made by sign-in alone. The stand-in of Caller makes one itself, which every snippet here accepts.</summary>
public sealed class CallerCreationAnalyzerTests
{
    [Theory]
    [InlineData("namespace Bailiwick.Edge { internal static class SignIn { static Caller Make() => new(\"t1\"); } }")]
    [InlineData("namespace Bailiwick.Edge { internal static class SignIn { static class Basic { static Caller Make() => new Caller(\"t1\"); } } }")]
    [InlineData("namespace Bailiwick.Edge { internal static class SignIn { static readonly Func<string, Caller> Make = tenant => new(tenant); } }")]
    [InlineData("namespace Bailiwick.Edge.Http { internal static class Users { static Caller Make() => Caller.Platform(); } }")]
    public Task Sign_in_makes_callers_and_everyone_may_ask_for_the_platforms(string code) => FindsAsync(code);

    [Theory]
    [InlineData("static Caller Make() => new Caller(\"t1\");")]
    [InlineData("static Caller Make() => new(\"t1\");")]
    [InlineData("static Caller Make(Caller other) => other with { Tenant = \"t2\" };")]
    [InlineData("static readonly Caller Kept = new(\"t1\");")]
    [InlineData("static readonly Func<Caller> Make = () => new(\"t1\");")]
    [InlineData("static Caller Made { get; } = new(\"t1\");")]
    [InlineData("static Caller Make() { return Inner(); static Caller Inner() => new(\"t1\"); }")]
    public Task Making_one_anywhere_else_is_refused(string member) =>
        FindsAsync(
            $"namespace Bailiwick.Edge.Http {{ internal static class Users {{ {member} }} }}",
            "BW0003: 'Users' must not make a Caller: pass on the one you were given, or ask Caller for the one of a platform task");

    [Fact]
    public Task Another_type_that_is_called_SignIn_is_refused() =>
        FindsAsync(
            "namespace Bailiwick.Grains { internal static class SignIn { static Caller Make() => new(\"t1\"); } }",
            "BW0003: 'SignIn' must not make a Caller: pass on the one you were given, or ask Caller for the one of a platform task");

    [Fact]
    public Task Another_type_that_is_called_Caller_is_left_alone() =>
        FindsAsync("namespace Telephony { internal sealed class Caller; internal static class Exchange { static Caller Make() => new(); } }");

    private static async Task FindsAsync(string code, params string[] findings) =>
        Assert.Equal(findings, await Snippet.FindingsOfAsync<CallerCreationAnalyzer>(code));
}
